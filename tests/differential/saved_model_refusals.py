"""What other engines do not take of the SavedModels, with their own reasons (a regular expression for each)."""

REFUSED = {"openvino": {}, "onnx": {}, "opencv": {}}
DROPPED = {}
TOLERANCE = {}
