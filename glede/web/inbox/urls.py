from django.urls import path

from glede.web.inbox import acts, mentions, moderation, presence, promises, sorting, views, writing

app_name = "inbox"
urlpatterns = [
    path("", views.show_list, name="list"),
    path("rows/", views.show_rows, name="rows"),
    path("c/<int:conversation_id>/", views.show, name="open"),
    path("c/<int:conversation_id>/live/", views.show_live, name="live"),
    path("c/<int:conversation_id>/why/", views.show_why, name="why"),
    path("c/<int:conversation_id>/say/", acts.say, name="say"),
    path("c/<int:conversation_id>/draft/", acts.keep_draft, name="draft"),
    path("c/<int:conversation_id>/texts/", writing.texts, name="texts"),
    path("c/<int:conversation_id>/read/", acts.mark_read, name="read"),
    path("c/<int:conversation_id>/here/", presence.be, name="here"),
    path("here/", presence.who, name="who"),
    path("here/gone/", presence.leave, name="gone"),
    path("c/<int:conversation_id>/colleagues/", mentions.colleagues, name="colleagues"),
    path("mentions/", mentions.mine, name="mentions"),
    path("c/<int:conversation_id>/assign/", acts.assign, name="assign"),
    path("c/<int:conversation_id>/resolve/", acts.resolve, name="resolve"),
    path("c/<int:conversation_id>/label/", sorting.label, name="label"),
    path("c/<int:conversation_id>/snooze/", sorting.snooze, name="snooze"),
    path("acts/<int:act_id>/undo/", acts.undo, name="undo"),
    path("c/<int:conversation_id>/reopen/", acts.reopen, name="reopen"),
    path("c/<int:conversation_id>/timescale/", promises.timescale, name="timescale"),
    path(
        "c/<int:conversation_id>/timescale/answer/",
        promises.timescale_answer,
        name="timescale-answer",
    ),
    path("c/<int:conversation_id>/timescale/drop/", promises.timescale_drop, name="timescale-drop"),
    path("c/<int:conversation_id>/no-reply/", promises.no_reply, name="no-reply"),
    path("c/<int:conversation_id>/m/<int:message_id>/", moderation.moderate, name="moderate"),
    path("deeds/<int:deed_id>/take-back/", moderation.take_back, name="deed-take-back"),
    path("deeds/<int:deed_id>/again/", moderation.try_again, name="deed-again"),
    path("blocks/", moderation.blocks, name="blocks"),
    path("sample/", promises.sample, name="sample"),
    path("sample/<int:enquiry_id>/", promises.checked, name="checked"),
    path("sending/<int:delivery_id>/take-back/", acts.take_back, name="take-back"),
    path("sending/<int:delivery_id>/again/", acts.try_again, name="again"),
]
