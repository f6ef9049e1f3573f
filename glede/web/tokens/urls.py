from django.urls import path

from glede.web.tokens import views

app_name = "tokens"
urlpatterns = [
    path("", views.every, name="every"),
    path("make/", views.make, name="make"),
    path("<int:token_id>/revoke/", views.revoke, name="revoke"),
    path("mine/", views.mine, name="mine"),
    path("mine/<int:token_id>/take/", views.take, name="take"),
    path("mine/<int:token_id>/revoke/", views.revoke_mine, name="revoke_mine"),
]
