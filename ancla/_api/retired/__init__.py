"""The two retired route sets, published and slugs. Nothing outside but the seam imports this.

detection      asks a server for its route sets, and chooses the one for a call
look_ups       a call on these routes: most need the id of a parent, which is looked up first, and
               a record that is addressed by its id alone must belong to the application
published      the published routes
slugs          the slug routes
linked_deploy  follows a deploy by the records that it made

The seam is in remote.py (`RetiredRoutes`, `FirstCall`) and deploying.py (`linked_deploy`).
CONTRIBUTING.md says what else to delete with this folder.
"""
