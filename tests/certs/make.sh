#!/bin/sh
# Made the certificates beside this script, once (needs openssl 3.4 or later). The keys guard
# nothing: they are for tests on loopback only. Running it again replaces all of them.
set -eu
cd "$(dirname "$0")"
rm -rf ./*.pem ca-dir

DECADES="-not_before 20200101000000Z -not_after 20760101000000Z"
ONE_DAY="-not_before 20200101000000Z -not_after 20200102000000Z"
HERE="subjectAltName=DNS:localhost,IP:127.0.0.1"

key() {
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

# signed NAME SUBJECT EXTENSION DATES...: a key and its certificate from the private CA
signed() {
    name=$1 subject=$2 extension=$3
    shift 3
    key key.tmp
    openssl req -new -key key.tmp -subj "/CN=$subject" -out request.tmp
    printf '%s\n' "basicConstraints=critical,CA:FALSE" "subjectKeyIdentifier=hash" \
        "authorityKeyIdentifier=keyid" "$extension" > extensions.tmp
    openssl x509 -req -in request.tmp -CA ca.pem -CAkey ca-key.tmp "$@" \
        -extfile extensions.tmp -out certificate.tmp
    cat key.tmp certificate.tmp > "$name.pem"
}

# The lists of dates are split into words on purpose.
# shellcheck disable=SC2086
{
    key ca-key.tmp
    openssl req -x509 -new -key ca-key.tmp -subj "/CN=Ancla SDK test CA" $DECADES \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem
    signed server localhost "$HERE" $DECADES
    signed expired localhost "$HERE" $ONE_DAY
    signed wrong-host elsewhere.example "subjectAltName=DNS:elsewhere.example" $DECADES
    signed client "a client" "extendedKeyUsage=clientAuth" $DECADES

    key key.tmp
    openssl req -x509 -new -key key.tmp -subj "/CN=localhost" $DECADES -addext "$HERE" \
        -out certificate.tmp
    cat key.tmp certificate.tmp > self-signed.pem
}

# What SSL_CERT_DIR expects: files named after the hash of their subject.
mkdir ca-dir
cp ca.pem "ca-dir/$(openssl x509 -in ca.pem -noout -subject_hash).0"

rm -f ./*.tmp
