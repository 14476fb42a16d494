"""OpenCV's answers on a frozen graph, in a process of its own, since it dies on some: graph, {node: value} and [node] come
pickled by standard input, a tuple of arrays or an error's text goes out the same way."""

import os
import pickle
import sys

import cv2
import numpy as np


def answers(graph, feeds, outputs):
    net = cv2.dnn.readNetFromTensorflow(np.frombuffer(graph, np.uint8))
    for node, value in feeds.items():
        # It keeps images as channels first.
        net.setInput(np.ascontiguousarray(value.transpose(0, 3, 1, 2)) if value.ndim == 4 else value, node)
    # The only output is the last layer, whatever it is called: layers that it fuses have the name of the first.
    results = [net.forward()] if len(outputs) == 1 else net.forward(outputs)
    return tuple(np.ascontiguousarray(r.transpose(0, 2, 3, 1)) if r.ndim == 4 else r for r in results)


if __name__ == "__main__":
    results, sys.stdout = os.fdopen(os.dup(1), "wb"), sys.stderr  # It prints where the result is to go.
    os.dup2(2, 1)
    cv2.setNumThreads(1)
    try:
        result = answers(*pickle.load(sys.stdin.buffer))
    except (cv2.error, TypeError) as error:
        result = str(error)
    results.write(pickle.dumps(result))
