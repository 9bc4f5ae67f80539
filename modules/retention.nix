# What is kept for how long of what is not cc-ci's own; runs stay until their documents are deleted.
{ config, lib, ... }:
let
  inherit (lib) mkOption;
  cfg = config.services.cc-ci;
  t = import ./types.nix { inherit lib; };
in
{
  options.services.cc-ci.retention = {
    journal = mkOption {
      type = t.size;
      default = "2g";
      example = "500m";
      description = "Most that the journal of the machine takes of its disk.";
    };
    generations = mkOption {
      type = lib.types.strMatching "[1-9][0-9]*d";
      default = "30d";
      example = "14d";
      description = "How long configurations of the machine that are no longer used can be gone back to.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.journald.extraConfig = "SystemMaxUse=${lib.toUpper cfg.retention.journal}";
    nix.gc = {
      automatic = true;
      dates = "weekly";
      options = "--delete-older-than ${cfg.retention.generations}";
    };
  };
}
