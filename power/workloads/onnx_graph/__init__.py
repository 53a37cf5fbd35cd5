"""Models from ONNX files; needs the extra ``onnx``."""
