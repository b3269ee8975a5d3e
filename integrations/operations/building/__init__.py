"""Forms that are built from declared fields: one builder for every operation, and no form class for any.

- `given`: what stands in the controls, and the inputs that it means
- `picks`: the records that the picks of a form offer
- `controls`: the controls as the page draws them
- `form`: the form of an operation: opened, sent, filled in from a record, checked
"""
