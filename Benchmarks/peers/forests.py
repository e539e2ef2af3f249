"""Random forests of scikit-learn and scikit-learn-intelex, and scikit-learn's forest in onnxruntime."""
import importlib.metadata

import numpy as np


def prepare(chosen):
    if chosen.work == "train":
        samples, labels = table(chosen.data, chosen.table)
        return (lambda: forest(chosen).fit(samples, labels)), lambda model: dict(
            samples=len(samples), trees=chosen.trees, accuracy=accuracy(model, chosen))
    pixels = np.load(chosen.data / "features1024.npy")
    pixels = pixels.reshape(-1, pixels.shape[-1])
    predict = onnx_probabilities(chosen, pixels) if chosen.peer == "onnxruntime" else scikit_learn_prediction(chosen, pixels)
    return predict, lambda result: dict(pixels=len(result), trees=chosen.trees)


def forest(chosen):
    """A forest yet to be trained."""
    limits = dict(n_estimators=chosen.trees, max_depth=chosen.max_depth, n_jobs=chosen.threads, random_state=0)
    if chosen.max_samples is not None:
        limits["max_samples"] = chosen.max_samples if chosen.max_samples <= 1 else int(chosen.max_samples)
    if chosen.peer == "scikit-learn-intelex":
        import daal4py
        daal4py.daalinit(nthreads=chosen.threads)
        from sklearnex.ensemble import RandomForestClassifier
    else:
        from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(**limits)


def table(data, name):
    return np.load(data / f"X{name}.npy"), np.load(data / f"y{name}.npy")


def accuracy(model, chosen):
    """On the held-out table; None where there is none."""
    if not (chosen.data / f"Xt{chosen.table}.npy").exists():
        return None
    return float(model.score(*table(chosen.data, f"t{chosen.table}")))


def scikit_learn_prediction(chosen, pixels):
    model = trained(chosen)
    return (lambda: model.predict(pixels)) if chosen.work == "labels" else (lambda: model.predict_proba(pixels))


def trained(chosen):
    """scikit-learn's forest on a table: trained once and kept beside the data, since that takes minutes."""
    import joblib
    version = importlib.metadata.version("scikit-learn")
    path = chosen.data / f"forest-{chosen.table}-{chosen.trees}-trees-scikit-learn-{version}.joblib"
    if not path.exists():
        joblib.dump(forest(chosen).fit(*table(chosen.data, chosen.table)), path)
    return joblib.load(path).set_params(n_jobs=chosen.threads)


def onnx_probabilities(chosen, pixels):
    """Probabilities and their arg max: asked for labels alone, onnxruntime is several times slower."""
    import onnxruntime
    import skl2onnx
    versions = "-".join(importlib.metadata.version(name) for name in ("scikit-learn", "skl2onnx"))
    path = chosen.data / f"forest-{chosen.table}-{chosen.trees}-trees-{versions}.onnx"
    if not path.exists():
        path.write_bytes(skl2onnx.to_onnx(trained(chosen), pixels[:1], options={"zipmap": False}).SerializeToString())
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = chosen.threads
    session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(["probabilities"], {name: pixels})[0].argmax(1)
