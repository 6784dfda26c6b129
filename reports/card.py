"""Card: the model card, in Hugging Face's form, in which every number names the finding that it is from."""

from mlgate.errors import user_error
from mlgate.reporting.card import card
from mlgate.reporting.view import View

FILE: str | None = None


def render(view: View) -> str:
    """The model card; it needs the configuration's `model.card`, where people say what no run can measure."""
    if view.config is None or view.config.model is None or view.config.model.card is None:
        raise user_error("a model card needs what its people say of the model",
                         mend="give --config with a configuration that has 'model.card'")  # fmt: skip
    return card(view, view.config.model, view.config.tables)
