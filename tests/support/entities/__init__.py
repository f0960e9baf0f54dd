"""What apps are answered, written from what Mastodon documents and what its apps decode, not from the code that answers.

`kinds` texts and numbers of a certain form, and how a type becomes a JSON Schema
`people`, `posts`, `readers`, `house` the entities, as TypedDicts: what is `| None` may be null, what is NotRequired may be missing
`answers` which route answers what
`watched` an app around the node's, which holds every answer that leaves against its entity

Source: client_api research 5; docs.joinmastodon.org, *entities*. The OpenAPI document has its schemas from here (`./run openapi`).
"""
