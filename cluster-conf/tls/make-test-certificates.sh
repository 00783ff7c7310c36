#!/usr/bin/env bash
# Certificates to try TLS with on one machine, made with keytool alone. For nothing else: the password is in this file.
#
#   make-test-certificates.sh FOLDER
#
# FOLDER then holds, all with the password "millrace":
#   node.p12        a node's key and certificate, for localhost and 127.0.0.1, signed by the CA; may train too
#   submitter.p12   of somebody who may only have runs trained
#   viewer.p12      of somebody who may only ask how it is going
#   truststore.p12  the CA's certificate
#   stranger.p12    the same as node.p12, signed by another CA, which no node trusts
#   env             `source FOLDER/env` sets the variables that tls.conf reads
set -euo pipefail
umask 077

if [ $# -ne 1 ]; then
  echo "usage: $(basename "$0") FOLDER" >&2
  exit 2
fi
if [ -e "$1" ] && [ -n "$(ls -A "$1" 2>/dev/null || echo not-a-folder)" ]; then
  echo "make-test-certificates: $1 is there already (expected: a new or empty folder); nothing was changed" >&2
  exit 2
fi
keytool="${JAVA_HOME:+$JAVA_HOME/bin/}keytool"
if ! command -v "$keytool" >/dev/null; then
  for home in /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* /opt/jdk* /opt/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -x "$home/bin/keytool" ] && keytool="$home/bin/keytool" && break
  done
fi
if ! command -v "$keytool" >/dev/null; then
  echo "make-test-certificates: no keytool (expected: a JDK in JAVA_HOME or on the PATH)" >&2
  exit 2
fi
mkdir -p "$1"
cd "$1"

work=work.p12
keys() { # runs keytool quietly unless it fails
  local said
  if ! said="$("$keytool" -J-XX:TieredStopAtLevel=1 "$@" 2>&1)"; then
    echo "make-test-certificates: keytool $1: $said" >&2
    exit 1
  fi
}
key() { # ALIAS NAME EXTENSIONS...
  local alias="$1" name="$2"
  shift 2
  keys -genkeypair -keystore "$work" -storetype PKCS12 -storepass millrace -alias "$alias" -keyalg EC -groupname secp256r1 \
    -dname "$name" -validity 30 "$@"
}
ca=(-ext bc:c=ca:true -ext ku:c=keyCertSign)
leaf=(-ext san=dns:localhost,ip:127.0.0.1 -ext eku=serverAuth,clientAuth -ext ku=digitalSignature)

key ca "CN=Millrace test CA" "${ca[@]}"
key other-ca "CN=Another test CA" "${ca[@]}"
key node "CN=Millrace test node, OU=worker, OU=submitter" -signer ca "${leaf[@]}"
key submitter "CN=Millrace test submitter, OU=submitter" -signer ca "${leaf[@]}"
key viewer "CN=Millrace test viewer, OU=viewer" -signer ca "${leaf[@]}"
key stranger "CN=Millrace test stranger, OU=worker, OU=submitter" -signer other-ca "${leaf[@]}"
for alias in node submitter viewer stranger; do
  keys -importkeystore -srckeystore "$work" -srcstorepass millrace -srcalias "$alias" \
    -destkeystore "$alias.p12" -deststoretype PKCS12 -deststorepass millrace
done
keys -exportcert -keystore "$work" -storepass millrace -alias ca -file ca.pem -rfc
keys -importcert -keystore truststore.p12 -storetype PKCS12 -storepass millrace -alias ca -file ca.pem -noprompt
# the CAs' keys are not needed any more
rm -f "$work" ca.pem

cat >env <<END
export MILLRACE_TLS_KEYSTORE="$PWD/node.p12"
export MILLRACE_TLS_KEYSTORE_PASSWORD=millrace
export MILLRACE_TLS_TRUSTSTORE="$PWD/truststore.p12"
export MILLRACE_TLS_TRUSTSTORE_PASSWORD=millrace
END
echo "made $PWD; for this shell: source $PWD/env"
