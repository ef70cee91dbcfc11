# The proxy as nobody special: it listens on ports that need no right, and its data belongs to it.
ARG CADDY_IMAGE=caddy:2-alpine
FROM ${CADDY_IMAGE}
# A copy loses the right to low ports that the program carries, without which a container that has no rights may start it.
RUN cp /usr/bin/caddy /usr/bin/caddy-plain && mv /usr/bin/caddy-plain /usr/bin/caddy \
 && addgroup -g 10001 canbao && adduser -D -H -u 10001 -G canbao canbao \
 && mkdir -p /data/caddy /config/caddy && chown -R canbao:canbao /data /config
USER canbao
