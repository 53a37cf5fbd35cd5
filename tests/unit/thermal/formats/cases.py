"""Small cases of HotSpot and 3D-ICE, written from the description of their formats."""

from pathlib import Path

STACK = """\
material SI :
   thermal conductivity 1.2e-4, 1.2e-4, 1.0e-4 ;   // anisotropic
   volumetric heat capacity 1.6e-12 ;
material OXIDE :
   thermal conductivity 1.4e-6 ;
   volumetric heat capacity 1.7e-12 ;
top heat sink :
   heat transfer coefficient 5.0e-8 ;
   temperature 310 ;
dimensions :
   chip length 4000, width 3000 ;
   cell length 100, width 100 ;
layer BOARD :
   height 40 ;
   material OXIDE ;
die LOGIC :
   layer 60 SI ;
   source 2 SI ;
   layer 10 OXIDE ;
stack :
   die CPU LOGIC floorplan "cpu.flp" ;
   layer BASE BOARD ;
solver :
   steady ;
   initial temperature 310.0 ;
output :
   T ( CPU, 500, 700, "point.txt", final ) ;
   Tmap ( CPU, "map.txt", final ) ;
   Tflp ( CPU, "avg.txt", average, final ) ;
   Tflpel ( CPU.ALU, "alu.txt", maximum, final ) ;
"""
CPU = """\
ALU :
   position 0, 0 ;
   dimension 1950, 1500 ;
   power values 4.5, 3.0 ;
CACHE :
   rectangle (2000, 0, 2000, 3000) ;
   rectangle (0, 2000, 2000, 1000) ;
   power values 1.5, 2.0 ;
"""

CONFIG = """\
# a die of 8 x 6 mm
-t_chip 0.0002
-k_chip 120
-p_chip 1.6e6
-s_sink 0.03
-t_sink 0.004
-s_spreader 0.016
-t_spreader 0.001
-r_convec 0.4
-ambient 310
-grid_rows 12
-grid_cols 16
"""
FLP = """\
core\t0.004\t0.006\t0\t0
cache\t0.004\t0.003\t0.004\t0
# the rest
io\t0.004\t0.003\t0.004\t0.003
"""
PTRACE = "core cache io\n8 2 1\n12 4 1\n"
LCF = """\
0
Y
Y
1.6e6
0.0083333333333333333
0.0002
die.flp

1
Y
N
paste
2e-5
die.flp
"""
MATERIALS = "paste\nsolid\n4.0\n4e6\n\nwater\nfluid\n0.6\n4.17e6\n8.9e-4\n"


def threedice(folder: Path, stack: str = STACK, floorplan: str = CPU) -> Path:
    """Write the stack; returns its path."""
    (folder / "cpu.flp").write_text(floorplan)
    (folder / "case.stk").write_text(stack)
    return folder / "case.stk"


def hotspot(folder: Path, layers: str = "", **files: str) -> Path:
    """Write the case, with a layer file where one is given; returns the configuration's path."""
    texts = {"die.flp": FLP, "die.ptrace": PTRACE, "die.config": CONFIG}
    texts |= {"die.lcf": layers, "die.materials": MATERIALS} if layers else {}
    texts |= {name.replace("_", "."): text for name, text in files.items()}
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder / "die.config"
