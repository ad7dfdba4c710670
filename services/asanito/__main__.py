"""`python -m services.asanito {api | worker | migrate | openapi}`."""

import sys

from common.process import run_process
from services.asanito.main import SERVICE

sys.exit(run_process(SERVICE))
