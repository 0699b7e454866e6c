"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from portal.walls import check_role

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
check_role()
