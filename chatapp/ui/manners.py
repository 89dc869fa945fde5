"""`Manners`: how the open conversation is to be answered, and what it keeps of its own.

Lays the places of a value over each other (`chatapp.mixing`), shows the outcome in the panel, and
gives it to `talk` for the next request. What a person changes belongs to the open conversation;
a new chat begins with the preset that was chosen last. Knows nothing about how values are drawn.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp import mixing, unsent
from chatapp.chat import Manner, UserError
from chatapp.settings import Sampling, knobs, only

if TYPE_CHECKING:
    from chatapp.chat import ModelInfo
    from chatapp.store import Store
    from chatapp.ui.banner import Banner
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.settings_panel import SettingsPanel
    from chatapp.ui.talk import Talk

KEEP_MS = 500  # after the last change


class Manners(QObject):
    """Between the panel, the conversation and the settings file."""

    changed = Signal()  # what the next request will have
    refused = Signal(object)  # UserError

    def __init__(
        self, talk: Talk, panel: SettingsPanel, keeper: Keeper, store: Store, banner: Banner
    ) -> None:
        super().__init__(talk)
        self._talk = talk
        self._panel = panel
        self._keeper = keeper
        self._store = store
        self._banner = banner
        self._model: ModelInfo | None = None
        self._conversation = 0  # whose manner it is
        self.manner = self._of_new_chat()
        self._timer = QTimer(self, singleShot=True, interval=KEEP_MS)
        self._timer.timeout.connect(self.save)
        talk.opened.connect(self._on_talk_opened)
        talk.begun.connect(self._on_talk_begun)
        panel.sampling_changed.connect(self._on_panel_sampling_changed)
        panel.system.changed.connect(self._on_system_changed)
        bar = panel.presets
        bar.chosen.connect(self._on_preset_chosen)
        bar.save_requested.connect(self._on_preset_save_requested)
        bar.rename_requested.connect(self._on_preset_rename_requested)
        bar.delete_requested.connect(self._on_preset_delete_requested)
        bar.import_requested.connect(self._on_preset_import_requested)
        bar.export_requested.connect(self._on_preset_export_requested)
        bar.reset_requested.connect(self._on_reset_requested)
        panel.seed.kept.connect(self._on_seed_kept)
        for changed in (talk.shown, talk.settled):
            changed.connect(self._on_talk_changed)
        bar.keep_requested.connect(self._on_keep_requested)
        bar.forget_requested.connect(self._on_forget_requested)
        self._show()

    # -- public slots --

    def show_model(self, info: ModelInfo) -> None:
        """Another model is resident: what it asks for, and what is kept for it."""
        self._model = info
        self._show()

    def save(self) -> None:
        """Keep what was changed, now."""
        self._timer.stop()
        try:
            if self._conversation:
                self._store.set_manner(self._conversation, self.manner)
            else:  # it is stored with its first message
                usual = self.manner == Manner(preset=self.manner.preset)
                unsent.keep_manner(None if usual else self.manner)
        except UserError as error:
            self.refused.emit(error)

    def wear(self, adapter: str) -> None:
        """Let the adapter in this folder answer in this conversation; empty = none."""
        self._change(adapter=adapter)

    def own(self, **values: Any) -> None:
        """Let this conversation have these values of its own."""
        self._on_panel_sampling_changed(dataclasses.replace(self._talk.sampling, **values))

    # -- private --

    @property
    def _kept(self) -> dict[str, Any]:
        """What is kept for the resident model."""
        path = self._model.path if self._model else ""
        return dict(self._keeper.settings.models.get(path, {}))

    def _of_new_chat(self) -> Manner:
        """What was set there before, or the preset that was chosen last."""
        return unsent.manner() or Manner(preset=self._keeper.settings.app.preset)

    def _mixed(self) -> mixing.Mixed:
        saved = self._keeper.settings
        model = dict(self._model.suggested) if self._model else {}
        preset = mixing.preset(self.manner.preset, saved.presets)
        own = only(Sampling, dict(self.manner.knobs))
        return mixing.mix(saved.sampling, model, self._kept, preset, own)

    def _show(self) -> None:
        """Every place again: in the panel, and for the next request."""
        mixed, saved = self._mixed(), self._keeper.settings
        self._talk.sampling, self._talk.system = mixed.sampling, self.manner.system
        self._talk.adapter = self.manner.adapter
        self._panel.show_sampling(mixed.sampling, mixed.base, mixed.origins)
        self._panel.system.show_text(self.manner.system)
        names = (*mixing.SHIPPED, *saved.presets)
        self._panel.presets.show_presets(
            names, self.manner.preset, self.manner.preset in saved.presets
        )
        self._panel.presets.show_model(self._model.name if self._model else "", bool(self._kept))
        self.changed.emit()

    def _change(self, **changes: Any) -> None:
        self.manner = dataclasses.replace(self.manner, **changes)
        self._timer.start()
        self._show()

    def _set_presets(self, presets: dict[str, Any]) -> None:
        self._keeper.keep(presets=presets)

    def _own_values(self) -> dict[str, Any]:
        """What the preset and the conversation set: what a person means by "these values"."""
        preset = mixing.preset(self.manner.preset, self._keeper.settings.presets)
        return {**preset, **dict(self.manner.knobs)}

    def _told_reset(self) -> str:
        return self.tr("All values were reset.")

    def _choose(self, preset: str) -> None:
        """Another preset: what was changed by hand gives way to it."""
        self._keeper.remember(preset=preset)
        self._change(preset=preset, knobs=())

    # -- slots --

    def _on_talk_opened(self, conversation: int) -> None:
        if conversation == self._conversation:
            return
        self._banner.take_back(self._told_reset)  # its Undo is for the chat that was open
        if self._timer.isActive():
            self.save()
        self._conversation = conversation
        self.manner = self._of_new_chat()
        if conversation:
            self.manner = Manner(preset=self._keeper.settings.app.preset)
            try:
                self.manner = self._store.manner(conversation)
            except UserError as error:
                self.refused.emit(error)
        self._show()

    def _on_talk_begun(self, conversation: int) -> None:
        self._conversation = conversation
        self.save()
        try:
            unsent.keep_manner(None)
        except UserError as error:
            self.refused.emit(error)

    def _on_panel_sampling_changed(self, sampling: Sampling) -> None:
        base = self._mixed().base
        values = {name: getattr(sampling, name) for name in knobs(Sampling)}
        own = {name: value for name, value in values.items() if value != getattr(base, name)}
        self._change(knobs=tuple(own.items()))

    def _on_reset_requested(self) -> None:
        knobs = self.manner.knobs
        self._change(knobs=())

        def restore() -> None:
            self._change(knobs=knobs)

        self._banner.tell(self._told_reset, lambda: self.tr("Undo"), restore)

    def _on_seed_kept(self, seed: int) -> None:
        self.own(seed=seed)

    def _on_talk_changed(self, shown: object) -> None:
        """The seed that the last answer drew."""
        answer = self._talk.last_answer()
        self._panel.seed.show_drawn(answer.stats.seed if answer and answer.stats else None)

    def _on_system_changed(self, text: str) -> None:
        self.manner = dataclasses.replace(self.manner, system=text)
        self._talk.system = text
        self._timer.start()

    def _on_preset_chosen(self, name: str) -> None:
        self._choose("" if name == mixing.MODEL_DEFAULT else name)

    def _on_preset_save_requested(self, name: str) -> None:
        presets = dict(self._keeper.settings.presets)
        name = mixing.free_name(name, presets)
        self._set_presets({**presets, name: self._own_values()})
        self._choose(name)

    def _on_preset_rename_requested(self, name: str) -> None:
        presets, old = dict(self._keeper.settings.presets), self.manner.preset
        if old in presets and name != old:
            values = presets.pop(old)
            name = mixing.free_name(name, presets)
            self._set_presets({**presets, name: values})
            self._keeper.remember(preset=name)
            self._change(preset=name)

    def _on_preset_delete_requested(self) -> None:
        presets, name = dict(self._keeper.settings.presets), self.manner.preset
        if name not in presets:
            return
        values = presets.pop(name)
        self._set_presets(presets)
        self._choose("")

        def restore() -> None:
            self._set_presets({**self._keeper.settings.presets, name: values})
            self._choose(name)

        self._banner.tell(
            lambda: self.tr("The preset “{name}” was deleted.").format(name=name),
            lambda: self.tr("Undo"),
            restore,
        )

    def _on_preset_import_requested(self, file: str) -> None:
        try:
            name, values = mixing.unpack(_read(file))
        except UserError as error:
            self.refused.emit(error)
            return
        presets = dict(self._keeper.settings.presets)
        name = mixing.free_name(name, presets)
        self._set_presets({**presets, name: values})
        self._choose(name)

    def _on_preset_export_requested(self, file: str) -> None:
        name = self.manner.preset or mixing.MODEL_DEFAULT
        try:
            Path(file).write_text(mixing.pack(name, self._own_values()), "utf-8")
        except OSError as error:
            name, why = Path(file).name, error.strerror or ""
            self.refused.emit(
                UserError(
                    "{file} cannot be written ({why}).",
                    "Choose another folder.",
                    file=name,
                    why=why,
                )
            )

    def _on_keep_requested(self) -> None:
        if self._model:
            models = {**self._keeper.settings.models}
            models[self._model.path] = {**self._kept, **self._own_values()}
            self._keeper.keep(models=models)
            self._choose("")

    def _on_forget_requested(self) -> None:
        if self._model:
            models = {**self._keeper.settings.models}
            models.pop(self._model.path, None)
            self._keeper.keep(models=models)
            self._show()


def _refused(file: str, error: OSError) -> UserError:
    return UserError(
        "{file} cannot be written ({why}).",
        "Choose another folder.",
        file=Path(file).name,
        why=error.strerror or "",
    )


def _read(file: str) -> str:
    """A preset's file. Raises UserError."""
    try:
        with Path(file).open(encoding="utf-8", errors="replace") as open_file:
            return open_file.read(mixing.LONGEST_FILE)
    except OSError as error:
        raise UserError(
            "{file} cannot be read ({why}).", "Check the drive and its permissions.",
            file=Path(file).name, why=error.strerror or "",
        ) from None  # fmt: skip
