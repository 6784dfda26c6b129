"""Add to src/mlgate/worker/allowed_names.txt what the installed libraries' models are made of.

Run it in environments with different scikit-learn versions; names only ever get added, because a file may be written
with one version and read with another:

    for v in 1.3.2 1.5.2 1.7.2 1.9.1
    do uv run --no-project --with scikit-learn==$v --with skops tools/allowed_names.py
    done

Reviewed by hand, and worth repeating for each new version: `--hooks` prints every allowed class with a `__setstate__`,
`__reduce__`, `__del__` or `__getattr__` of its own, since those are what loading runs.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/mlgate/worker/allowed_names.txt"

# skops builds objects itself and so needs these; a pickle that names them is up to something, or has no use for them.
NOT_FROM_SKOPS = ("builtins.map", "numpy.object_", "numpy.void")

# Modules whose own classes, without exception, are parts of fitted models.
CLASSES_OF = """
sklearn._loss._loss sklearn._loss.link sklearn._loss.loss sklearn.ensemble._gb_losses sklearn.utils._metadata_requests
sklearn.ensemble._hist_gradient_boosting.binning sklearn.ensemble._hist_gradient_boosting.predictor
sklearn.gaussian_process._gpc sklearn.gaussian_process.kernels sklearn.linear_model._sgd_fast
sklearn.metrics._dist_metrics sklearn.model_selection._split sklearn.neighbors._ball_tree sklearn.neighbors._kd_tree
sklearn.neural_network._stochastic_optimizers sklearn._loss.glm_distribution
""".split()  # noqa: SIM905

# Modules whose public functions compute on arrays and do nothing else: scorers and selectors store references to them.
FUNCTIONS_OF = ("sklearn.metrics", "sklearn.feature_selection", "sklearn.metrics.pairwise")
NOT_METRICS = frozenset({"get_scorer", "get_scorer_names", "check_scoring", "make_scorer"})

# Native classes without a Python-level state: their own __reduce__ has the file call them.
CALLED_MODULES = ("sklearn._loss._loss", "sklearn.linear_model._sgd_fast")
NOT_STORED = frozenset({"NodeHeap", "NeighborsHeap", "NeighborsHeap32", "NeighborsHeap64"})

EXTRA = """
_codecs.encode() builtins.bool builtins.dict builtins.float builtins.int builtins.list builtins.object builtins.str
builtins.tuple builtins.bytearray() builtins.bytes() builtins.complex() builtins.frozenset() builtins.range()
builtins.set() builtins.slice() collections.OrderedDict() collections.defaultdict() collections.deque()
copyreg._reconstructor() functools.partial() joblib.numpy_pickle.NumpyArrayWrapper
numpy.dtype() numpy.ndarray numpy.matrix numpy.ma.MaskedArray numpy.ma.core.MaskedArray numpy.ma.core._mareconstruct()
numpy._core.multiarray._reconstruct() numpy._core.multiarray.scalar() numpy._core.numeric._frombuffer()
numpy.core.multiarray._reconstruct() numpy.core.multiarray.scalar() numpy.core.numeric._frombuffer()
numpy.random._pickle.__bit_generator_ctor() numpy.random._pickle.__generator_ctor()
numpy.random._pickle.__randomstate_ctor() numpy.random.bit_generator.SeedSequence
numpy.random.bit_generator.__pyx_unpickle_SeedSequence()
numpy.random._mt19937.MT19937 numpy.random._pcg64.PCG64 numpy.random._pcg64.PCG64DXSM numpy.random._philox.Philox
numpy.random._sfc64.SFC64
pandas.Index pandas.RangeIndex pandas.StringDtype() pandas.arrays.StringArray
pandas.core.arrays.string_.StringArray pandas.core.arrays.string_.StringDtype() pandas.core.indexes.base.Index
pandas.core.indexes.base._new_Index() pandas.core.indexes.range.RangeIndex
pandas._libs.arrays.__pyx_unpickle_NDArrayBacked()
scipy._lib.array_api_compat.numpy._aliases.asarray scipy.interpolate._bsplines.BSpline
scipy.interpolate._interpolate.interp1d scipy.interpolate.interpolate.interp1d
scipy.sparse._csr.csr_matrix scipy.sparse._csr.csr_array scipy.sparse._csc.csc_matrix scipy.sparse._csc.csc_array
scipy.sparse._coo.coo_matrix scipy.sparse._coo.coo_array scipy.sparse.csr.csr_matrix scipy.sparse.csc.csc_matrix
sklearn.calibration._CalibratedClassifier sklearn.calibration._SigmoidCalibration
sklearn.compose._column_transformer.make_column_selector sklearn.compose._column_transformer._RemainderColsList
sklearn.metrics._dist_metrics.newObj() sklearn.neighbors._ball_tree.newObj() sklearn.neighbors._kd_tree.newObj()
sklearn.metrics._scorer._BaseScorer sklearn.metrics._scorer._CurveScorer sklearn.metrics._scorer._MultimetricScorer
sklearn.metrics._scorer._PassthroughScorer sklearn.metrics._scorer._PredictScorer sklearn.metrics._scorer._ProbaScorer
sklearn.metrics._scorer._Scorer sklearn.metrics._scorer._ThresholdScorer
sklearn.tree._tree.Tree() sklearn.utils.Bunch sklearn.utils._bunch.Bunch sklearn.utils.validation.check_array
catboost.core.CatBoost catboost.core.CatBoostClassifier catboost.core.CatBoostRanker catboost.core.CatBoostRegressor
lightgbm.basic.Booster lightgbm.sklearn.LGBMClassifier lightgbm.sklearn.LGBMModel lightgbm.sklearn.LGBMRanker
lightgbm.sklearn.LGBMRegressor
xgboost.core.Booster xgboost.sklearn.XGBClassifier xgboost.sklearn.XGBModel xgboost.sklearn.XGBRanker
xgboost.sklearn.XGBRegressor xgboost.sklearn.XGBRFClassifier xgboost.sklearn.XGBRFRegressor
""".split()  # noqa: SIM905


def trusted_by_skops() -> Iterator[str]:
    trusted = importlib.import_module("skops.io._trusted_types")
    for group in vars(trusted).values():
        if isinstance(group, list):
            yield from (name for name in group if isinstance(name, str))


def scikit_learn_estimators() -> Iterator[str]:
    for _, estimator in importlib.import_module("sklearn.utils").all_estimators():
        yield f"{estimator.__module__}.{estimator.__qualname__}"


def classes(modules: Iterable[str]) -> Iterator[str]:
    for module_name in modules:
        try:
            module = importlib.import_module(module_name)
        except ImportError:  # another scikit-learn version has it
            continue
        own = (module_name, module_name.rpartition(".")[2])  # compiled modules may call themselves by the latter
        for name, value in vars(module).items():
            if isinstance(value, type) and value.__module__ in own and name not in NOT_STORED:
                yield f"{module_name}.{name}" + ("()" if module_name in CALLED_MODULES else "")
            elif module_name in CALLED_MODULES and name.startswith("__pyx_unpickle_Cy"):
                yield f"{module_name}.{name}()"


def functions(modules: Iterable[str]) -> Iterator[str]:
    for module_name in modules:
        module = importlib.import_module(module_name)
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name, None)
            if callable(value) and not isinstance(value, type) and name not in NOT_METRICS:
                yield f"{value.__module__}.{value.__qualname__}"


def gather() -> set[str]:
    found = {*trusted_by_skops(), *scikit_learn_estimators(), *classes(CLASSES_OF), *functions(FUNCTIONS_OF), *EXTRA}
    return {name for name in found if name.isascii() and not name.startswith(NOT_FROM_SKOPS) and "<" not in name}


def hooks(names: Iterable[str]) -> Iterator[str]:
    """Every allowed class that runs Python of its own when it is loaded, compared or freed."""
    watched = ("__setstate__", "__reduce__", "__reduce_ex__", "__del__", "__getattr__", "__setattr__", "__hash__")
    for name in sorted(names):
        module_name, _, attribute = name.removesuffix("()").rpartition(".")
        try:
            value = getattr(importlib.import_module(module_name), attribute)
        except (ImportError, AttributeError):
            continue
        for cls in getattr(value, "__mro__", ())[:-1]:
            for hook in watched:
                if callable(vars(cls).get(hook)) and cls.__module__ != "builtins":
                    yield f"{name}: {cls.__module__}.{cls.__qualname__}.{hook}"


def main() -> None:
    warnings.simplefilter("ignore")
    before = set(TARGET.read_text(encoding="ascii").split()) if TARGET.exists() else set()
    names = before | gather()
    names = {name for name in names if name.endswith("()") or f"{name}()" not in names}
    if "--hooks" in sys.argv:
        print("\n".join(hooks(names)))
        return
    TARGET.write_text("\n".join(sorted(names)) + "\n", encoding="ascii")
    print(f"{len(names)} names, {len(names - before)} of them added")


if __name__ == "__main__":
    main()
