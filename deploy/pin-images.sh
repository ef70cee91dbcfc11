#!/bin/sh
# Writes into .env what the images of this installation are today, by digest: a build or an update takes exactly those
# until this is run again. Needs Docker and the registry.
set -eu
umask 077 # what is written in between has the secrets of .env, too
cd "$(dirname "$0")"

[ -f .env ] || { echo "run prepare first: it writes .env and never replaces one" >&2; exit 1; }

pin() {
	# A format that begins with .Manifest is not looked at: all of the manifest is printed for people.
	digest=$(docker buildx imagetools inspect "$2" --format '{{print .Manifest.Digest}}')
	case $digest in sha256:*) ;; *) echo "$2 has no digest" >&2; exit 1 ;; esac
	grep -v "^$1=" .env >.env.pinned || true
	echo "$1=$2@$digest" >>.env.pinned
	cat .env.pinned >.env # in place: owner and mode stay
	rm .env.pinned
	echo "$1=$2@$digest"
}

pin PYTHON_IMAGE python:3.11-slim-bookworm
pin POSTGRES_IMAGE postgres:17-bookworm
pin KAFKA_IMAGE apache/kafka:4.2.1
pin CADDY_IMAGE caddy:2-alpine
pin PROMETHEUS_IMAGE prom/prometheus:v3.5.0
pin GRAFANA_IMAGE grafana/grafana:12.1.0
