"""Names of jobs that more than one part of the flow asks for."""

DELIVER = "flow.outbound.deliver"
MODERATE = "flow.moderating.run"
FETCH = "flow.attaching.fetch"
LOOK_UP = "flow.poll.look_up"
