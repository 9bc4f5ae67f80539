{
  description = "cc-ci: tests Co-op Cloud recipes for real, on a real Docker Swarm";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    sops-nix.url = "github:Mic92/sops-nix";
    sops-nix.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    {
      self,
      nixpkgs,
      sops-nix,
    }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
      package = import ./modules/package.nix {
        inherit pkgs;
        src = self;
      };
    in
    {
      packages.${system}.default = package;

      nixosModules.default = {
        imports = [
          sops-nix.nixosModules.sops
          ./modules
        ];
        services.cc-ci.package = nixpkgs.lib.mkDefault package;
      };

      nixosConfigurations.cc-ci = nixpkgs.lib.nixosSystem {
        modules = [
          self.nixosModules.default
          ./modules/hosts/cc-ci/configuration.nix
        ];
      };

      devShells.${system}.default = pkgs.mkShell {
        packages = [
          pkgs.age
          pkgs.git
          pkgs.nodejs
          pkgs.shellcheck
          pkgs.sops
        ];
      };

      checks.${system} = {
        inherit package;
        machine = self.nixosConfigurations.cc-ci.config.system.build.toplevel;
      };
    };
}
