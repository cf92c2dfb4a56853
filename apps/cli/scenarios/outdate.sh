#!/bin/bash
# Makes packages of this Pi look older than they are, so that there is something to update: the same files under a
# version before theirs, without the scripts that would restart anything now. argv: packages.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get update --quiet
for package; do
  apt-get download --quiet "$package"
  dpkg-deb --raw-extract "$package"_*.deb "$package"
  sed --in-place 's/^Version: .*/Version: 0~older/' "$package/DEBIAN/control"
  rm --force "$package"/DEBIAN/{preinst,postinst,prerm,postrm}
  dpkg-deb -Znone --build "$package" "$package.deb"
  dpkg --force-downgrade,confold,depends --install "$package.deb"
done
