from django.urls import path

from glede.web.policy import offices, reading, registers, reviewing, versions, views

app_name = "policy"
urlpatterns = [
    path("", views.current, name="current"),
    path("versions/", versions.listed, name="versions"),
    path("versions/<str:number>/", versions.shown, name="version"),
    path("versions/<str:number>/submit/", versions.submit, name="submit"),
    path("versions/<str:number>/discard/", versions.discard, name="discard"),
    path("versions/<str:number>/send-back/", versions.send_back, name="send_back"),
    path("versions/<str:number>/approval/", versions.record, name="record"),
    path("versions/<str:number>/approval/withdraw/", versions.withdraw, name="withdraw"),
    path("versions/<str:number>/approval/confirm/", versions.confirm, name="confirm"),
    path("versions/<str:number>/minute/", versions.minute, name="minute"),
    path("versions/<str:number>/against/<str:other>/", versions.against, name="diff"),
    path("versions/<str:number>/registers/", registers.take_over, name="take_over"),
    path("review/", reviewing.shown, name="review"),
    path("review/start/", reviewing.start, name="review_start"),
    path("review/<int:pk>/", reviewing.decide, name="review_decide"),
    path("review/<int:pk>/confirm/", reviewing.confirm, name="review_confirm"),
    path("review/<int:pk>/reopen/", reviewing.reopen, name="review_reopen"),
    path("offices/", offices.listed, name="offices"),
    path("offices/new/", offices.name, name="office_name"),
    path("offices/<int:pk>/appoint/", offices.appoint, name="office_appoint"),
    path("offices/holdings/<int:pk>/end/", offices.end, name="office_end"),
    path("offices/away/", offices.away, name="office_away"),
    path("offices/away/<int:pk>/back/", offices.back, name="office_back"),
    path("registers/", registers.listed, name="registers"),
    path("registers/documents/new/", registers.related, name="related_new"),
    path("registers/documents/<int:pk>/", registers.related, name="related"),
    path("registers/documents/<int:pk>/act/", registers.related_act, name="related_act"),
    path("registers/law/new/", registers.law, name="law_new"),
    path("registers/law/<int:pk>/", registers.law, name="law"),
    path("registers/law/<int:pk>/checked/", registers.check_law, name="law_checked"),
    path("read/", reading.mine, name="read"),
    path("read/staff/", reading.staff, name="staff"),
]
