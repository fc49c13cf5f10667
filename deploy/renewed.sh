#!/bin/sh
# Hands a renewed certificate to the receiver, which takes it within a minute. For certbot, which runs it as root:
# copy it to /etc/letsencrypt/renewal-hooks/deploy/headcount, and put your name in the place of usage.example.org.
set -eu
case "$RENEWED_LINEAGE" in */usage.example.org) ;; *) exit 0 ;; esac
folder=/etc/headcount/tls
# The receiver's group may read the key, and nobody else.
install -d -m 750 -o root -g headcount-tls "$folder"
for file in privkey.pem fullchain.pem; do
    install -m 640 -o root -g headcount-tls "$RENEWED_LINEAGE/$file" "$folder/.$file"
    mv "$folder/.$file" "$folder/$file"
done
