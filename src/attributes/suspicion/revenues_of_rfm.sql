-- revenues: what each customer paid, as `rfm` has it.
select monetary as revenue
from attributes
