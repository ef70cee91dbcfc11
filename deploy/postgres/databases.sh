#!/bin/sh
# Runs once, on an empty volume: a login and a database for every service, closed to the others.
set -eu

create() {
	psql --set=ON_ERROR_STOP=1 --set=name="canbao_$1" --set=password="$2" --username postgres <<-'SQL'
		CREATE ROLE :"name" LOGIN PASSWORD :'password';
		CREATE DATABASE :"name" OWNER :"name";
		REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
	SQL
}

create registration "$REGISTRATION_DATABASE_PASSWORD"
create collection "$COLLECTION_DATABASE_PASSWORD"
create subsidy "$SUBSIDY_DATABASE_PASSWORD"
create ledger "$LEDGER_DATABASE_PASSWORD"
create console "$CONSOLE_DATABASE_PASSWORD"
create webhooks "$WEBHOOKS_DATABASE_PASSWORD"
