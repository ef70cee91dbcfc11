"""Names with rare characters are printed, and never as an empty box."""

import re

import pytest
from noto_cjk_sans_otc import FONT_PATH

from libs.common.names import _GBK_PRIVATE
from libs.common.printing import Press, load_fonts
from libs.common.printing.fonts import characters_of
from tests.unit.printing.builders import AT

RARE = "𠮷䶮"
#: Characters that no font can have: private ones, and of a plane that is not assigned.
NOWHERE = "\ue000\U000f0000"
TEMPLATE = """
#set text(font: json(bytes(sys.inputs.fonts)))
#for one in json(bytes(sys.inputs.papers)) [#one.name]
"""


@pytest.fixture(scope="module")
def fonts():
    return load_fonts()


@pytest.fixture
def outlines(tmp_path, fonts):
    """The outlines with which a name is drawn."""
    template = tmp_path / "name.typ"
    template.write_text(TEMPLATE)
    press = Press(template, fonts)

    def drawn(name: str) -> set[str]:
        page = press.set_here([{"name": name}], AT, "svg").decode()
        return set(re.findall(r'<path[^>]* d="([^"]*)"', page))

    def of(name: str) -> set[str]:
        return drawn(name) - drawn("")

    yield of
    press.close()


class TestRareCharacters:
    @pytest.mark.parametrize("character", RARE)
    def test_are_drawn_and_not_as_an_empty_box(self, outlines, character):
        box = outlines(NOWHERE[0])
        assert box == outlines(NOWHERE[1]), "what no font has is drawn as the box"

        drawn = outlines(character)

        assert drawn - outlines("张")
        assert not drawn & box

    def test_are_all_there_that_old_systems_kept_in_private_places(self, fonts):
        """龴 to 䶮: of GB 18030, typed in names as private characters once."""
        missing = [one for one in _GBK_PRIVATE.values() if not fonts.has(one)]

        assert not missing

    def test_are_those_of_the_list_of_names(self, fonts):
        """Characters of the national table (2013) that are beyond the basic plane."""
        assert all(
            map(fonts.has, "𠙶𠳐𡎚𡐓𣗋𣲗𣲘𤧛𤩽𤫉𥔲𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨")
        )


class TestPrintable:
    def test_text_is_as_it_was(self, fonts):
        assert fonts.printable("张𠮷䶮·Ünal 阿") == "张𠮷䶮·Ünal 阿"

    def test_a_character_that_no_font_has_is_told_by_its_code(self, fonts):
        assert fonts.printable("王\U0002a6d6明") == "王〔U+2A6D6〕明"

    def test_marks_that_choose_a_form_need_no_glyph(self, fonts):
        assert fonts.printable("葛\U000e0100") == "葛\U000e0100"


class TestFontsOfAnOperator:
    def test_are_found_below_a_directory(self, tmp_path):
        (tmp_path / "more").mkdir()
        (tmp_path / "more" / "own.ttc").symlink_to(str(FONT_PATH))

        fonts = load_fonts(tmp_path)

        assert fonts.files[-1].name == "own.ttc" and fonts.has("𠮷")

    def test_that_are_none_are_named(self, tmp_path):
        path = tmp_path / "broken.ttf"
        path.write_bytes(b"no font")

        with pytest.raises(ValueError, match=r"broken\.ttf"):
            characters_of(path)
