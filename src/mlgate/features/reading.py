"""Reading features: the states of the change and of its base, as a run knows the two."""

import posixpath

from mlgate.configuring.setting import Setting
from mlgate.errors import user_error
from mlgate.evidence import Subject
from mlgate.features.declared import DEFAULT_FILE
from mlgate.features.states import FeatureStates, states_at, states_in_folder


def read_features(setting: Setting, file: str) -> FeatureStates:
    """The feature versions that `file`, relative to the configuration, declares here and at the base."""
    whole = posixpath.normpath(posixpath.join(setting.inside, file))
    if posixpath.isabs(file) or whole.startswith(".."):
        raise user_error(f"the file of features '{file}' is not in the repository", mend="name one that is")
    here = states_in_folder(setting.folder, file)
    if setting.repository is None or setting.base_sha is None:
        return FeatureStates(here)
    return FeatureStates(here, states_at(setting.repository, setting.base_sha, whole))


def feature_subjects(setting: Setting, states: FeatureStates | None) -> tuple[Subject, ...]:
    """The feature versions that the model requires, each by the digest of its schema and transform."""
    model = setting.config.model
    if model is None or not model.requires:
        return ()
    if states is None and (setting.folder / DEFAULT_FILE).is_file():
        states = read_features(setting, DEFAULT_FILE)
    found = [states.find(name, version) for name, version in model.requires.items()] if states else []
    return tuple(Subject(f"feature:{state.label}", {"sha256": state.sha256}) for state in found if state)
