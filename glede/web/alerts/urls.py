from django.urls import path

from glede.web.alerts import reaching, views

app_name = "alerts"
urlpatterns = [
    path("", views.listed, name="list"),
    path("seen/", views.seen, name="seen"),
    path("<int:alert_id>/", views.bundle, name="bundle"),
    path("<int:alert_id>/take/", views.take, name="take"),
    path("preferences/", reaching.preferences, name="preferences"),
    path("ways/", reaching.ways, name="ways"),
    path("ways/browser/", reaching.add_browser, name="add-browser"),
    path("ways/service/", reaching.add_service, name="add-service"),
    path("ways/team/", reaching.add_channel, name="add-channel"),
    path("ways/mail/test/", reaching.send_test, name="test-mail"),
    path("ways/<int:address_id>/test/", reaching.send_test, name="test"),
    path("ways/<int:address_id>/remove/", reaching.remove, name="remove"),
    path("log/", reaching.log, name="log"),
]
