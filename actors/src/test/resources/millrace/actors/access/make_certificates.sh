#!/usr/bin/env bash
# Makes the key stores of AccessTest, in this folder; the password is "millrace". They are good for 100 years.
set -euo pipefail
cd "$(dirname "$0")"
rm -f ./*.p12
keys() { "${JAVA_HOME:+$JAVA_HOME/bin/}keytool" -J-XX:TieredStopAtLevel=1 "$@" -storepass millrace -noprompt 2>/dev/null; }
key() { # ALIAS NAME...
  local alias="$1" name="$2"
  shift 2
  keys -genkeypair -keystore work.p12 -storetype PKCS12 -alias "$alias" -keyalg EC -groupname secp256r1 -dname "$name" -validity 36500 "$@"
}
key ca "CN=CA" -ext bc:c=ca:true -ext ku:c=keyCertSign
key other-ca "CN=CA" -ext bc:c=ca:true -ext ku:c=keyCertSign
key node "CN=one, OU=worker, OU=submitter" -signer ca -ext san=dns:one.example.org
key submitter "CN=alice, OU=submitter" -signer ca
key viewer "CN=bob, OU=viewer" -signer ca
key nobody "CN=carol, OU=accounting" -signer ca
key stranger "CN=one, OU=worker, OU=submitter" -signer other-ca
for alias in node submitter viewer nobody stranger; do
  keys -importkeystore -srckeystore work.p12 -srcstorepass millrace -srcalias "$alias" -destkeystore "$alias.p12" -deststoretype PKCS12 -deststorepass millrace
done
keys -exportcert -keystore work.p12 -alias ca -file ca.pem -rfc
keys -importcert -keystore truststore.p12 -storetype PKCS12 -alias ca -file ca.pem
rm -f work.p12 ca.pem
