from django.urls import path

from glede.web.clauses import views

app_name = "clauses"
urlpatterns = [
    path("<str:number>/", views.clause, name="clause"),
    path("<str:number>/rows/", views.rows, name="rows"),
]
