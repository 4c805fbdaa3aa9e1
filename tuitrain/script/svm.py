"""A model of scikit-learn as lines that fit and measure it."""

from tuitrain.models import SVM
from tuitrain.script.course import Course, Unwritable
from tuitrain.script.scaling import scaling

ROWS = '''
def rows(name):
    """Return the inputs of a split as a table [N, F]."""
    return scaled(splits[name][0]).flatten(1).numpy()
'''
TOLD = '''
def told(name):
    """Return the class that is furthest ahead of the others, for each sample of a split."""
    scores = model.decision_function(rows(name)).astype(np.float32)
    return model.classes_[scores.argmax(1) if scores.ndim == 2 else (scores > 0).astype(int)]
'''
MEASURE = """
for name, (_, labels) in splits.items():
    hits = int((told(name) == labels.numpy()).sum())
    print(f"{name}/accuracy {hits / len(labels)!r}")
"""


def fit(course: Course) -> list[str]:
    """Return the parts that scale the splits, fit the model and print its accuracy; raise Unwritable."""
    (model,) = course.experiment.models
    if not isinstance(model, SVM):
        raise Unwritable(f"there is no program for a model of kind {model.kind}")
    given = f"C={model.C}, kernel={model.kernel!r}, gamma={model.gamma!r}, decision_function_shape='ovr'"
    made = f"model = sklearn.svm.SVC({given})\nmodel.fit(rows('train'), splits['train'][1].numpy())"
    return ['device = torch.device("cpu")', scaling(course), ROWS, made, TOLD, MEASURE]
