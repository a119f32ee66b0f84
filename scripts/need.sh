#!/usr/bin/env bash
# Makes sure that the commands named as arguments are there. As root on a Debian
# system it installs what is missing; elsewhere it names the package and stops.
# age is fetched into .tools, because Debian's is too old for hybrid keys.
set -eu
cd "$(dirname "$0")/.."
tools=$PWD/.tools
age_version=v1.3.2
updated=

package_of() {
  case $1 in
    chromium) echo chromium ;;
    ssh-keygen) echo openssh-client ;;
    sha256sum) echo coreutils ;;
    tar) echo tar ;;
    gzip) echo gzip ;;
    gcc) echo "gcc libc6-dev" ;;
    git) echo git ;;
    node | npm) echo "nodejs npm" ;;
    pdfdetach | pdfinfo | pdffonts | pdftotext | pdfsig) echo poppler-utils ;;
    mutool) echo mupdf-tools ;;
    certutil) echo libnss3-tools ;;
    mkfs.ext4) echo e2fsprogs ;;
    mkfs.xfs) echo xfsprogs ;;
    mkfs.btrfs) echo btrfs-progs ;;
    *) echo "$1" ;;
  esac
}

install_package() {
  command=$1
  package=$(package_of "$command")
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "need: $command is not installed; install the package $package (Debian: sudo apt-get install $package)" >&2
    exit 1
  fi
  echo "need: installing $package for $command" >&2
  [ -n "$updated" ] || apt-get update -qq >&2
  updated=yes
  # shellcheck disable=SC2086 # a command may need more than one package
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $package >&2
}

need_age() {
  case $("$tools/age" --version 2>/dev/null || true) in
    *1.3.* | *"(devel)"*) [ -x "$tools/age-plugin-batchpass" ] && return ;;
  esac
  echo "need: building age $age_version into .tools" >&2
  mkdir -p "$tools"
  GOBIN=$tools go install "filippo.io/age/cmd/...@$age_version"
}

need_go() {
  if ! command -v go >/dev/null; then
    echo "need: go is not installed; install Go 1.26 or newer from https://go.dev/dl/" >&2
    exit 1
  fi
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || install_package node
  major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  if [ "$major" -lt 20 ]; then
    echo "need: node $(node --version) is too old; install Node 20 or newer from https://nodejs.org/" >&2
    exit 1
  fi
}

for command in "$@"; do
  case $command in
    age) need_age ;;
    go) need_go ;;
    node) need_node ;;
    *) command -v "$command" >/dev/null || install_package "$command" ;;
  esac
done
