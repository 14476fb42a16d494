# Debian's packages that the scripts of this project need. Sourced by them, not run:
#   install_packages g++ cmake     installs those of the named packages that are not there yet
# Where everything is there, nothing is contacted and root is not needed.

build_packages=(g++ cmake make libprotobuf-dev protobuf-compiler libabsl-dev doctest-dev)

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "Not a Debian system; going on, in the hope that there is: $*" >&2
    return 0
  fi
  local package missing=()
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    echo "Needs packages that are not installed. As root: apt-get install --no-install-recommends ${missing[*]}" >&2
    return 1
  fi
  echo "Installing ${missing[*]}"
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}
