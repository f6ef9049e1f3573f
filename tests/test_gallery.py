"""The gallery shows every picture there is, and no other."""

from tools import gallery, screenshots


def test_the_page_is_what_the_table_says() -> None:
    made = screenshots.PAGE.read_text(encoding="utf-8")

    assert made == gallery.page(gallery.PICTURES), "run `make screenshots`"


def test_each_picture_is_there_and_light_enough_to_keep() -> None:
    kept = {file.stem: file.stat().st_size for file in screenshots.PICTURES.glob("*.png")}

    assert sorted(kept) == sorted(one.name for one in gallery.PICTURES)
    assert sum(kept.values()) < screenshots.MOST_BYTES
