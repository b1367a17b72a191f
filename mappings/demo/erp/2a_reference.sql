-- Tax rates, locations, stock groups in three levels, price lists and credit terms.

INSERT INTO TAX_RATES (TAXCODE, COUNTRY, TAXNAME, RATE, LAST_UPDATED) VALUES
('GST', 'AU', 'GST on income', 10, '2025-09-01 09:30:00.805'),
('GST', 'NZ', 'GST 15%', 15, '2025-09-01 09:52:01.071'),
('GSTFREE', 'AU', 'GST-free sales', 0, '2025-09-01 11:21:01.721'),
('GSTFREE', 'NZ', 'GST 15% (no GST-free food in NZ)', 15, '2025-09-01 11:36:02.614');

INSERT INTO LOCATIONS (LOCNO, LCODE, LNAME, ADDRESS1, SUBURB, STATE, POST_CODE, COUNTRY, PHONE, ISACTIVE, LAST_UPDATED) VALUES
(1, 'SYD', 'Sydney warehouse', '14 Example Road', 'Marrickville', 'NSW', '2204', 'Australia', '(02) 5550 0100', 'Y', '2025-09-01 12:20:03.200'),
(2, 'MEL', 'Melbourne store', '220 Sample Street', 'Fitzroy', 'VIC', '3065', 'AUSTRALIA', '(03) 5550 0100', 'Y', '2025-09-01 12:44:03.227'),
(3, 'AKL', 'Tāmaki Makaurau store', '8 Specimen Lane', 'Grey Lynn', '', '1021', 'New Zealand', '(09) 555 0100', 'Y', '2025-09-01 13:39:03.643');

INSERT INTO STOCK_GROUPS (GROUPNO, GROUPCODE, GROUPNAME, GROUPLEVEL, PARENTNO, SORTORDER, WEB_TEXT, ISACTIVE, LAST_UPDATED) VALUES
(100, 'LIV', 'Living', 1, NULL, 10, 'Rooms people gather in.', 'Y', '2025-09-01 13:51:03.748'),
(110, 'LIV-SEAT', 'Seating', 2, 100, 20, NULL, 'Y', '2025-09-01 14:10:04.074'),
(111, 'LIV-SEAT-SOFA', 'Sofas', 3, 110, 30, 'Two, three and more to a sofa.', 'Y', '2025-09-01 15:13:05.046'),
(112, 'LIV-SEAT-ARM', 'Armchairs', 3, 110, 40, 'A chair for the corner with the good light.', 'Y', '2025-09-01 16:30:05.506'),
(113, 'LIV-SEAT-OTT', 'Ottomans & poufs', 3, 110, 50, NULL, 'Y', '2025-09-01 17:25:05.719'),
(120, 'LIV-TAB', 'Tables', 2, 100, 60, NULL, 'Y', '2025-09-01 17:53:06.043'),
(121, 'LIV-TAB-COF', 'Coffee tables', 3, 120, 70, NULL, 'Y', '2025-09-01 19:16:06.973'),
(122, 'LIV-TAB-SIDE', 'Side tables', 3, 120, 80, NULL, 'Y', '2025-09-01 20:46:07.316'),
(130, 'LIV-STO', 'Storage', 2, 100, 90, NULL, 'Y', '2025-09-01 21:31:07.753'),
(131, 'LIV-STO-BOOK', 'Bookshelves', 3, 130, 100, NULL, 'Y', '2025-09-01 21:45:08.395'),
(132, 'LIV-STO-TV', 'Media units', 3, 130, 110, NULL, 'Y', '2025-09-01 22:54:09.219'),
(200, 'DIN', 'Dining & kitchen', 1, NULL, 120, 'Tables to sit at for too long.', 'Y', '2025-09-01 23:59:09.633'),
(210, 'DIN-FUR', 'Dining furniture', 2, 200, 130, NULL, 'Y', '2025-09-02 00:12:09.844'),
(211, 'DIN-FUR-TAB', 'Dining tables', 3, 210, 140, NULL, 'Y', '2025-09-02 01:28:10.092'),
(212, 'DIN-FUR-CHA', 'Dining chairs & stools', 3, 210, 150, NULL, 'Y', '2025-09-02 01:35:10.298'),
(220, 'DIN-TOP', 'Tabletop', 2, 200, 160, NULL, 'Y', '2025-09-02 01:50:10.383'),
(221, 'DIN-TOP-DIN', 'Dinnerware', 3, 220, 170, NULL, 'Y', '2025-09-02 02:17:10.642'),
(222, 'DIN-TOP-GLA', 'Glassware', 3, 220, 180, NULL, 'Y', '2025-09-02 02:56:10.954'),
(223, 'DIN-TOP-LIN', 'Table linen', 3, 220, 190, NULL, 'Y', '2025-09-02 03:31:11.121'),
(230, 'DIN-COOK', 'Cook & pantry', 2, 200, 200, NULL, 'Y', '2025-09-02 04:53:11.241'),
(231, 'DIN-COOK-POT', 'Cookware', 3, 230, 210, NULL, 'Y', '2025-09-02 04:58:11.514'),
(232, 'DIN-COOK-FOOD', 'Pantry', 3, 230, 220, 'Oil, honey and coffee from people we know.', 'Y', '2025-09-02 05:30:12.393'),
(300, 'BED', 'Bedroom', 1, NULL, 230, 'Sleep, and the things near it.', 'Y', '2025-09-02 06:01:12.980'),
(310, 'BED-FUR', 'Bedroom furniture', 2, 300, 240, NULL, 'Y', '2025-09-02 06:34:13.037'),
(311, 'BED-FUR-BED', 'Beds', 3, 310, 250, NULL, 'Y', '2025-09-02 06:38:13.855'),
(312, 'BED-FUR-SIDE', 'Bedsides & drawers', 3, 310, 260, NULL, 'Y', '2025-09-02 08:03:14.487'),
(320, 'BED-LIN', 'Bed linen', 2, 300, 270, NULL, 'Y', '2025-09-02 08:44:14.773'),
(321, 'BED-LIN-SET', 'Sheets & covers', 3, 320, 280, NULL, 'Y', '2025-09-02 09:04:15.484'),
(322, 'BED-LIN-BLA', 'Throws & blankets', 3, 320, 290, NULL, 'Y', '2025-09-02 10:29:15.827'),
(400, 'OUT', 'Outdoor', 1, NULL, 300, 'Made for salt air and hard sun.', 'Y', '2025-09-02 11:48:16.565'),
(410, 'OUT-FUR', 'Outdoor furniture', 2, 400, 310, NULL, 'Y', '2025-09-02 12:48:17.493'),
(411, 'OUT-FUR-SET', 'Outdoor seating', 3, 410, 320, NULL, 'Y', '2025-09-02 13:10:18.437'),
(412, 'OUT-FUR-TAB', 'Outdoor tables', 3, 410, 330, NULL, 'Y', '2025-09-02 14:34:18.717'),
(420, 'OUT-GAR', 'Garden', 2, 400, 340, NULL, 'Y', '2025-09-02 15:48:19.569'),
(421, 'OUT-GAR-POT', 'Pots & planters', 3, 420, 350, NULL, 'Y', '2025-09-02 16:46:19.729'),
(500, 'HOM', 'Home & light', 1, NULL, 360, 'The smaller things.', 'Y', '2025-09-02 17:10:20.144'),
(510, 'HOM-LIG', 'Lighting', 2, 500, 370, NULL, 'Y', '2025-09-02 17:28:20.850'),
(511, 'HOM-LIG-TAB', 'Table & floor lamps', 3, 510, 380, NULL, 'Y', '2025-09-02 17:47:21.648'),
(512, 'HOM-LIG-PEN', 'Pendants', 3, 510, 390, NULL, 'Y', '2025-09-02 19:04:22.086'),
(520, 'HOM-SOFT', 'Soft furnishings', 2, 500, 400, NULL, 'Y', '2025-09-02 19:51:22.315'),
(521, 'HOM-SOFT-CUSH', 'Cushions', 3, 520, 410, NULL, 'Y', '2025-09-02 20:08:23.243'),
(522, 'HOM-SOFT-RUG', 'Rugs', 3, 520, 420, NULL, 'Y', '2025-09-02 21:28:23.296'),
(530, 'HOM-DEC', 'Decoration', 2, 500, 430, NULL, 'Y', '2025-09-02 22:37:23.494'),
(531, 'HOM-DEC-MIR', 'Mirrors & art', 3, 530, 440, NULL, 'Y', '2025-09-02 23:35:23.670'),
(532, 'HOM-DEC-VASE', 'Vases & candles', 3, 530, 450, NULL, 'Y', '2025-09-03 00:00:24.529'),
(600, 'WRK', 'Work & service', 1, NULL, 460, 'Desks, and people who put things together.', 'Y', '2025-09-03 00:13:24.646'),
(610, 'WRK-OFF', 'Home office', 2, 600, 470, NULL, 'Y', '2025-09-03 00:53:24.648'),
(611, 'WRK-OFF-DESK', 'Desks & chairs', 3, 610, 480, NULL, 'Y', '2025-09-03 02:19:25.465'),
(620, 'WRK-SER', 'Services', 2, 600, 490, NULL, 'Y', '2025-09-03 03:02:26.153'),
(621, 'WRK-SER-HOME', 'At your home', 3, 620, 500, NULL, 'Y', '2025-09-03 03:56:27.128');

INSERT INTO PRICE_NAMES (PRICENO, PRICECODE, PRICENAME, PRICEKIND, CURRENCY, GST_INCLUSIVE, ISACTIVE, LAST_UPDATED) VALUES
(1, 'RETAIL-AU', 'Retail Australia', 'BASE', 'AUD', 'Y', 'Y', '2025-09-03 04:57:27.671'),
(2, 'RETAIL-NZ', 'Retail Aotearoa New Zealand', 'BASE', 'NZD', 'Y', 'Y', '2025-09-03 05:06:28.526'),
(3, 'TRADE-AU', 'Trade Australia', 'TRADE', 'AUD', 'N', 'Y', '2025-09-03 06:34:28.694'),
(4, 'TRADE-NZ', 'Trade New Zealand', 'TRADE', 'NZD', 'N', 'Y', '2025-09-03 06:52:29.654'),
(5, 'DESIGN-AU', 'Interior designers', 'TRADE', 'AUD', 'N', 'Y', '2025-09-03 07:53:30.224');

INSERT INTO CREDIT_TERMS (TERMNO, TERMCODE, TERMNAME, TERMTYPE, TERMDAYS, LAST_UPDATED) VALUES
(0, 'PRE', 'Prepaid', 'PREPAID', 0, '2025-09-03 08:38:30.236'),
(1, 'N7', '7 days from invoice', 'DAYS', 7, '2025-09-03 08:50:30.823'),
(2, 'N14', '14 days from invoice', 'DAYS', 14, '2025-09-03 09:06:30.918'),
(3, 'N30', '30 days from invoice', 'DAYS', 30, '2025-09-03 09:51:31.181'),
(4, '20F', '20th of following month', 'DAY', 20, '2025-09-03 11:16:31.268');
