#!/bin/sh
# Runs once in docker-compose before the application: makes keys and officers in the directory $1 unless they are
# there, puts what Prometheus needs into the directory $2, then makes topics and schemas.
set -eu
keys=$1
scrape=$2
umask 077

if [ ! -e "$keys/complete" ]; then
  rm -f "$keys"/* # what an interrupted first run left
  password=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')
  printf '%s\n' "$password" >"$keys/password"
  printf 'sealing.keystore.password=%s\n' "$password" >"$keys/secrets.properties"
  lookback keys generate token token --out "$keys"
  lookback keys generate sealing sealing --out "$keys" --password-file "$keys/password"
  for role in INTAKE APPROVER; do
    officer=officer-$(printf '%s' "$role" | tr '[:upper:]' '[:lower:]')
    lookback keys generate officer "$officer" --role "$role" --out "$keys" --password-file "$keys/password"
  done
  for officer in officer-retention officer-retention-2; do
    lookback keys generate officer "$officer" --role RETENTION --out "$keys" --password-file "$keys/password"
  done
  # Each officer's file is a list of one.
  { echo 'officers:' && sed -s 1d "$keys"/officer-*.yaml; } >"$keys/officers.yaml"
  : >"$keys/complete"
fi

# What protects health and metrics: a certificate that signs itself, and a bearer token.
if [ ! -e "$keys/http.complete" ]; then
  rm -f "$keys"/http.*
  password=$(cat "$keys/password")
  export password
  keytool -genkeypair -alias http -dname CN=lookback -ext san=dns:lookback,dns:localhost,ip:127.0.0.1 \
    -keyalg EC -groupname secp256r1 -validity 3650 \
    -storetype PKCS12 -keystore "$keys/http.p12" -storepass:env password
  keytool -exportcert -rfc -alias http -keystore "$keys/http.p12" -storepass:env password >"$keys/http.pem"
  od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >"$keys/http.token"
  printf 'http.ssl.keystore.password=%s\n' "$password" >>"$keys/secrets.properties"
  : >"$keys/http.complete"
fi
# Prometheus is another user, and the only one to see this directory.
cp -f "$keys/http.pem" "$keys/http.token" "$scrape/"
chmod 644 "$scrape/http.pem" "$scrape/http.token"

# Broker and registry take a while; exit code 3 says that they do not answer.
unavailable=3
apply() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    code=0
    "$@" || code=$?
    [ "$code" -eq "$unavailable" ] || return "$code"
    sleep 3
  done
  return "$unavailable"
}
apply lookback topics apply
apply lookback schemas apply
