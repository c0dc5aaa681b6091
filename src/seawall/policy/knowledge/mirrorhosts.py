"""Hosts that are known: mirrors of everybody, registries, and Docker Hub's names."""

from fnmatch import fnmatchcase

HUB_API = "registry-1.docker.io"
"""Where Docker Hub's registry answers; `docker.io` is a website."""

HUB_NAMES = ("docker.io", "index.docker.io", HUB_API)

PUBLIC_MIRRORS = (
    "mirror.gcr.io",
    "*.mirror.aliyuncs.com",
    "docker.m.daocloud.io",
    "*.m.daocloud.io",
    "docker.mirrors.ustc.edu.cn",
    "docker.mirrors.sjtug.sjtu.edu.cn",
    "docker.nju.edu.cn",
    "hub-mirror.c.163.com",
    "mirror.baidubce.com",
    "mirror.ccs.tencentyun.com",
    "registry.docker-cn.com",
    "dockerhub.azk8s.cn",
    "dockerproxy.com",
    "dockerpull.com",
    "docker.1ms.run",
    "docker.1panel.live",
    "dockerhub.timeweb.cloud",
    "huecker.io",
    "docker.arvancloud.ir",
)
"""Mirrors that somebody runs for everybody: what a tag means there is their word."""

OTHER_REGISTRIES = (
    "quay.io",
    "ghcr.io",
    "gcr.io",
    "*.gcr.io",
    "registry.k8s.io",
    "k8s.gcr.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
    "registry.gitlab.com",
    "nvcr.io",
    "docker.elastic.co",
    "registry.access.redhat.com",
    "registry.redhat.io",
)
"""Registries with images of their own, which serve nobody else's."""

_OFFICIAL = (
    "adminer alpine almalinux amazonlinux bash busybox caddy cassandra centos"
    " chronograf clojure composer consul couchbase couchdb crate debian docker drupal"
    " eclipse-mosquitto eclipse-temurin elasticsearch elixir erlang fedora flink"
    " fluentd gcc ghost golang gradle groovy haproxy haskell hello-world httpd"
    " influxdb joomla julia kapacitor kibana kong logstash mariadb maven mediawiki"
    " memcached mongo mongo-express mysql nats neo4j nextcloud nginx node odoo openjdk"
    " oraclelinux perl phpmyadmin php postgres python rabbitmq redis redmine registry"
    " rockylinux ruby rust sonarqube solr swift telegraf tomcat traefik ubuntu vault"
    " wordpress zookeeper"
)
OFFICIAL = frozenset(_OFFICIAL.split())
"""Images of Docker Hub's `library` that files name most."""
_RARE = (
    "adoptopenjdk aerospike alt amazoncorretto api-firewall arangodb archlinux"
    " azul-zulu backdrop blackfire bonita buildpack-deps celery cirros clearlinux"
    " clefos clickhouse convertigo crux dart django docker-dev eggdrop emqx euleros"
    " express-gateway friendica fsharp gazebo geonetwork glassfish haxe hipache hitch"
    " hylang ibm-semeru-runtimes ibmjava iojs irssi java jenkins jetty jobber jruby"
    " kaazing-gateway known krakend lightstreamer liquibase mageia matomo monica mono"
    " nats-streaming neurodebian notary nuxeo open-liberty opensuse orientdb owncloud"
    " percona photon php-zendserver piwik plone postfixadmin pypy r-base rails"
    " rakudo-star rapidoid rethinkdb rocket.chat ros sapmachine satosa scratch sentry"
    " silverpeas sl sourcemage spark spiped storm swarm swipl teamspeak thrift tomee"
    " ubuntu-debootstrap ubuntu-upstart unit varnish websphere-liberty xwiki yourls"
    " znc"
)
LIBRARY = OFFICIAL.union(_RARE.split())
"""All of that, with what was there once: nobody else can put anything there.
https://github.com/docker-library/official-images/tree/master/library"""


def host_of(address: str) -> str:
    """Take the host and port of an address, with or without a scheme.

    >>> host_of("https://Mirror.example:5000/v2/x"), host_of("mirror.example/hub")
    ('mirror.example:5000', 'mirror.example')
    """
    return address.rpartition("://")[2].partition("/")[0].lower()


def path_of(address: str) -> str:
    """Take what follows the host, without slashes around it.

    >>> path_of("https://mirror.example/v2/hub/"), path_of("mirror.example")
    ('v2/hub', '')
    """
    return address.rpartition("://")[2].partition("/")[2].strip("/")


def is_public(address: str) -> bool:
    """Whether somebody runs it for everybody."""
    host = host_of(address)
    return any(fnmatchcase(host, pattern) for pattern in PUBLIC_MIRRORS)


def is_other(address: str) -> bool:
    """Whether it is a registry that has images of its own alone."""
    host = host_of(address)
    known = any(fnmatchcase(host, pattern) for pattern in OTHER_REGISTRIES)
    return known and not is_public(address)
