"""Other engines' answers on frozen graphs. A name of a tensor is TensorFlow's; what an engine raises is its answer too."""

import logging
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import onnxruntime
import openvino
import tf2onnx

OPSET = 18


class Refused(Exception):
    """What an engine says where it raises nothing that could be kept."""


def run_openvino(graph_def, feeds, outputs, scratch):
    path = scratch / "openvino.pb"
    path.write_bytes(graph_def.SerializeToString())
    compiled = openvino.compile_model(openvino.Core().read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    known = {name for port in compiled.inputs for name in port.names}  # An input that nothing needs is none to it.
    results = compiled({tensor: value for tensor, value in feeds.items() if tensor in known})
    found = {name: results[port] for port in compiled.outputs for name in port.names}
    lacking = [tensor for tensor in outputs if tensor not in found]
    if lacking:
        raise Refused(f"no output {', '.join(lacking)}")
    return tuple(found[tensor] for tensor in outputs)


def to_onnx(graph_def, inputs, outputs, tries=10):
    """tf2onnx sees cycles where there are none, now and then: it goes by the addresses of its own objects."""
    try:
        return tf2onnx.convert.from_graph_def(graph_def, input_names=inputs, output_names=outputs, opset=OPSET)[0]
    except ValueError as error:
        if "Graph has cycles" not in str(error) or tries == 1:
            raise
        return to_onnx(graph_def, inputs, outputs, tries - 1)


def run_onnx(graph_def, feeds, outputs, scratch):
    """tf2onnx, then ONNX Runtime."""
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    model = to_onnx(graph_def, list(feeds), list(dict.fromkeys(outputs)))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    known = {port.name for port in session.get_inputs()}
    return tuple(session.run(outputs, {tensor: value for tensor, value in feeds.items() if tensor in known}))


def run_opencv(graph_def, feeds, outputs, scratch):
    node = lambda tensor: tensor.split(":")[0]
    request = graph_def.SerializeToString(), {node(t): value for t, value in feeds.items()}, [node(t) for t in outputs]
    done = subprocess.run([sys.executable, str(pathlib.Path(__file__).with_name("opencv_process.py"))], input=pickle.dumps(request),
                          capture_output=True, timeout=60)
    if done.returncode != 0:
        raise Refused(f"died with {done.returncode}")
    result = pickle.loads(done.stdout)
    if isinstance(result, str):
        raise Refused(result)
    return result


ENGINES = {"openvino": run_openvino, "onnx": run_onnx, "opencv": run_opencv}


def near(expected, actual, tolerance):
    """Empty, or the first difference in words. Engines round in ways of their own."""
    for i, (want, got) in enumerate(zip(map(np.asarray, expected), map(np.asarray, actual))):
        if want.dtype == object or got.dtype.kind in "OSU":
            if want.ravel().tolist() != [v if isinstance(v, bytes) else v.encode() for v in got.ravel().tolist()]:
                return f"output {i} has other strings: {got.ravel()[:4]}, not {want.ravel()[:4]}"
            continue
        if want.shape != got.shape:
            return f"output {i} is {list(got.shape)}, not {list(want.shape)}"
        want, got = (np.asarray(v, np.complex128 if np.iscomplexobj(v) else np.float64) for v in (want, got))
        if not np.allclose(want, got, tolerance, tolerance, equal_nan=True):
            return f"output {i} has other values: {got.ravel()[:4]}, not {want.ravel()[:4]}"
    return ""
