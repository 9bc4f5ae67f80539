# The disks and the boot loader of the machine: replaced by what `nixos-generate-config` finds on it, as docs/install.md says.
{
  boot.loader.grub.device = "/dev/vda";
  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };
}
