#!/bin/sh
# Before the app is deployed: are the settings it will find ones that this version of it takes?
. "$(dirname "$0")/lib.sh"
check_settings
