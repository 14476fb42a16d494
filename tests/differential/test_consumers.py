"""Frozen image networks load in other engines as they are, and find the same class from the same numbers."""

import cv2
import numpy as np
import openvino
import pytest

import oracle
import program
import workshop
from oracle import DEFAULT
from registry import META


@pytest.fixture(scope="module")
def network(request, built):
    """The net frozen for one output (the class `output`, or the logits), an image, and TensorFlow's answer."""
    model, flavour, which = request.param
    trained = workshop.train(model, flavour, built)
    output = trained.script.outputs[which]
    done = program.must_freeze(trained.folder, **{**trained.inputs(META), "output_node_names": output})
    return done, trained.script.feeds["input:0"], oracle.original(trained, DEFAULT)[which]


def test_openvino_gives_the_same_answer(network):
    done, image, expected = network
    model = openvino.Core().read_model(str(done.output))
    model.reshape(list(image.shape))
    compiled = openvino.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    same_answer(expected, compiled(image)[0])


def test_opencv_gives_the_same_answer(network):
    done, image, expected = network
    net = cv2.dnn.readNetFromTensorflow(str(done.output))
    net.setInput(np.ascontiguousarray(image.transpose(0, 3, 1, 2)))
    same_answer(expected, net.forward())


def same_answer(expected, actual):
    actual = np.asarray(actual).reshape(expected.shape)
    if expected.dtype.kind == "i":
        assert np.array_equal(expected, actual)
        return
    assert np.array_equal(expected.argmax(1), actual.argmax(1))
    assert np.allclose(expected, actual, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("expected, actual", [
    (np.int64([3, 1]), np.int64([3, 2])),
    (np.float32([[1, 2, 3]]), np.float32([[1, 3, 2]])),
    (np.float32([[1, 2, 3]]), np.float32([[1, 2, 3.01]]))], ids=["class", "order", "value"])
def test_another_answer_is_seen(expected, actual):
    with pytest.raises(AssertionError):
        same_answer(expected, actual)
