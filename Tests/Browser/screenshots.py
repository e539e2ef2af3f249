"""Makes the README's pictures of the annotator, from the image of `coppice demo`.

usage: screenshots.py FOLDER-OF-THE-PROGRAMS OUTPUT-FOLDER [FOLDER OF THE PAGE]
"""
import io
import pathlib
import subprocess
import sys
import tempfile

import numpy
from PIL import Image
from playwright.sync_api import sync_playwright

from conftest import ARGUMENTS, CHROMIUM, Annotator
from servers import Server

