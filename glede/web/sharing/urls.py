from django.urls import path

from glede.web.sharing import handing, labels, rules

app_name = "sharing"
urlpatterns = [
    path("", rules.every, name="rules"),
    path("<int:rule_id>/", rules.change, name="rule"),
    path("people/", rules.workers, name="people"),
    path("give-back/", handing.give_back, name="give-back"),
    path("hand-over/", handing.hand_over_all, name="hand-over-all"),
    path("labels/", labels.every, name="labels"),
    path("labels/<int:label_id>/", labels.change, name="label"),
]
