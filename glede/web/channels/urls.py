from django.urls import path

from glede.web.channels import connecting, views

app_name = "channels"
urlpatterns = [
    path("", views.every, name="list"),
    path("connect/", connecting.start, name="connect"),
    path("connect/<slug:brand>/<slug:platform>/", connecting.way, name="way"),
    path("back/", connecting.back, name="back"),
    path("choose/<int:asking_id>/", connecting.choose, name="choose"),
    path("<int:account_id>/", views.one, name="one"),
    path("<int:account_id>/disconnect/", views.disconnect, name="disconnect"),
]
