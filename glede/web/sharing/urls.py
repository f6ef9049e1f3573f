from django.urls import path

from glede.web.sharing import labels

app_name = "sharing"
urlpatterns = [
    path("labels/", labels.every, name="labels"),
    path("labels/<int:label_id>/", labels.change, name="label"),
]
