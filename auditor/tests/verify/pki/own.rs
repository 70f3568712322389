//! An authority in the SAT's shape with one person's e.firma, and an institution with a key.

use rcgen::{DnType, DnValue, Issuer, KeyPair, KeyUsagePurpose, SerialNumber};
use signing::cms::cades::SigningChain;

use super::{CURP, Key, Prescriber, ca, document_signing, params};

/// Who signs with an e.firma, and the institution that signs their QRs.
pub(crate) struct Own {
    /// The SAT's root.
    pub(crate) sat: Vec<u8>,
    /// No cédula in the certificate, as the SAT issues them. The key is P-256, to sign here; what
    /// an RSA key changes is tested where RSA keys are.
    pub(crate) efirma: Prescriber,
    pub(crate) institution: Key,
    /// It represents a legal person, under the authority of the professionals.
    pub(crate) institution_certificate: Vec<u8>,
}

fn attribute(params: &mut rcgen::CertificateParams, oid: &[u64], value: &str) {
    let kind = DnType::CustomDnType(oid.to_vec());
    let value = DnValue::Utf8String(value.to_owned());
    params.distinguished_name.push(kind, value);
}

impl Own {
    pub(super) fn new(professionals: &Issuer<'_, &KeyPair>) -> Self {
        let sat_key = Key::new(30).pair();
        let sat_params = ca("AC SAT de pruebas");
        let sat = sat_params.self_signed(&sat_key).unwrap();
        let sat_issuer = Issuer::from_params(&sat_params, &sat_key);

        let mut fiel = params("Persona de pruebas");
        attribute(&mut fiel, &[2, 5, 4, 5], CURP);
        fiel.serial_number = Some(SerialNumber::from_slice(&[31]));
        fiel.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::ContentCommitment,
            KeyUsagePurpose::DataEncipherment,
            KeyUsagePurpose::KeyAgreement,
        ];
        let key = Key::new(31);
        let leaf = fiel.signed_by(&key.pair(), &sat_issuer).unwrap();

        let mut person = params("Servicios de Salud de pruebas");
        attribute(&mut person, &[2, 5, 4, 5], CURP);
        attribute(&mut person, &[2, 5, 4, 45], "EKU9003173C9 / VADA800927DJ3");
        person.serial_number = Some(SerialNumber::from_slice(&[32]));
        person.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        person.extended_key_usages = vec![document_signing()];
        let institution = Key::new(32);
        let certificate = person
            .signed_by(&institution.pair(), professionals)
            .unwrap();
        Self {
            sat: sat.der().to_vec(),
            efirma: Prescriber {
                cedula: "12345678",
                chain: SigningChain::new(leaf.der(), &[]).unwrap(),
                certificate: leaf.der().to_vec(),
                key,
            },
            institution,
            institution_certificate: certificate.der().to_vec(),
        }
    }
}
