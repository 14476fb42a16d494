"""What tf.saved_model.load makes of models, in a process of its own, since it works in eager mode:

python eager_answers.py FOLDER NAME...: FOLDER/NAME is run on the inputs in FOLDER/NAME.inputs; a pickled {name: {signature:
(outputs)}} goes to FOLDER/answers.
"""

import pathlib
import pickle
import sys

from saved_model_models import eager_answers
from tensorflow_converter import load_inputs

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    found = {name: eager_answers(folder / name, load_inputs(folder / f"{name}.inputs")) for name in sys.argv[2:]}
    (folder / "answers").write_bytes(pickle.dumps(found))
