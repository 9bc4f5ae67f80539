# Makes the services of units.json, which bin/install renders too: a unit is what it is on NixOS and on Debian alike.
{ lib, package }:
let
  units = builtins.fromJSON (builtins.readFile ./units.json);
in
name: arguments:
let
  unit = units.${name};
in
{
  inherit (unit)
    description
    after
    wants
    requires
    wantedBy
    ;
  serviceConfig = unit.serviceConfig // {
    ExecStart = lib.concatStringsSep " " ([ "${package}/${unit.program}" ] ++ unit.arguments ++ arguments);
    EnvironmentFile = "/etc/cc-ci/environment";
  };
}
