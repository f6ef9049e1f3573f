from django.urls import path

from glede.web.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.listed, name="list"),
    path("seen/", views.seen, name="seen"),
    path("<int:alert_id>/", views.bundle, name="bundle"),
    path("<int:alert_id>/take/", views.take, name="take"),
]
