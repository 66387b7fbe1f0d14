#!/bin/sh
# Makes what docker-compose.yml asks for and git must never hold:
#   .env                       the keys of intake and Grafana's password, for this user alone
#   deploy/compose/keys.json   who may post reports: the SHA-256 of each upstream system's key
# and prints those keys, once. Arguments: the upstream systems. An existing .env is never touched: contact data
# sealed with a lost key cannot be opened again.
set -eu
cd "${XIAOSHI_FOLDER:-$(dirname "$0")/../..}"
[ ! -e .env ] || { echo "secrets.sh: .env is there already; nothing was changed" >&2; exit 1; }
[ "$#" -gt 0 ] || set -- grid hotline app

random() { head -c 32 /dev/urandom | base64; }

separator='{'
listed=''
for source in "$@"; do
  key=$(random | tr '+/' '-_' | tr -d '=')
  digest=$(printf %s "$key" | sha256sum | cut -d ' ' -f 1)
  listed="$listed$separator\"$digest\": [\"$source\"]"
  separator=', '
  echo "$source posts with the key $key"
done
mkdir -p deploy/compose
# Read in the container by another user; a digest of 32 random bytes gives nothing away.
echo "$listed}" > deploy/compose/keys.json
chmod 644 deploy/compose/keys.json

umask 077
# Written whole or not at all: .env is what says that this was done.
{
  echo "INTAKE_CONTACT_KEY=$(random)"
  echo "INTAKE_RECEIPT_KEY=$(random)"
  echo "GRAFANA_PASSWORD=$(random | tr '+/' '-_' | tr -d '=')"
} > .env.new
mv .env.new .env
